// The initials of people who are here.
export function People({ names, label }: { names: readonly string[]; label: string }) {
  return (
    <span className="people" role="img" aria-label={label} title={label}>
      {names.slice(0, 4).map((name) => (
        <span key={name}>{name.slice(0, 2)}</span>
      ))}
      {names.length > 4 && <span>+{names.length - 4}</span>}
    </span>
  );
}
