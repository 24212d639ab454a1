// The head of a table whose last column holds what can be done with a row.
import { t } from "../i18n";

export function TableHead({ names }: { names: readonly string[] }) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th key={name}>{name}</th>
        ))}
        <th>
          <span className="sr">{t("actions")}</span>
        </th>
      </tr>
    </thead>
  );
}
