// Messages that were refused for good: look at them, give them back, or throw them away.
import { useState } from "react";
import { deadLetters } from "../api/calls";
import type { DeadLetter, Letters, TapMessage } from "../api/types";
import { visit } from "../edit/visit";
import { bytes, dateTime, number, t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { visible } from "../logic/payload";
import { Payload } from "../panels/Payload";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { MoreButton, usePaged } from "../parts/paged";
import { useAddress } from "../state/address";
import { tell, tellError } from "../state/notices";
import { useMay } from "../state/session";

type WholeLetter = DeadLetter & { message: TapMessage };
type Question = { action: "redrive" | "purge"; letters: Letters; count: number };

export default function DeadLettersScreen() {
  const [search, setSearch] = useAddress("search");
  const [flow, setFlow] = useAddress("flow");
  const [origin, setOrigin] = useAddress("from");
  const [typed, setTyped] = useState(search);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState<WholeLetter | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const mayRead = useMay("operator");
  const mayAct = useMay("integrator");
  const paged = usePaged(
    (cursor) =>
      mayRead ? deadLetters.list({ flow, origin, search }, cursor) : Promise.resolve({ items: [], next: null }),
    [search, flow, origin, mayRead],
  );
  const open = (id: string) => deadLetters.read(id).then(setShown, tellError);
  const isPart = Boolean(search || flow || origin);
  // "all" is all there are: of a part only those that are seen
  const picked: Letters = chosen.size
    ? { ids: [...chosen] }
    : isPart
      ? { ids: paged.items.map(({ id }) => id) }
      : { all: true };
  const count = chosen.size || (isPart ? paged.items.length : (paged.total ?? paged.items.length));
  const done = () => {
    setQuestion(null);
    setShown(null);
    setChosen(new Set());
    paged.again();
  };
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>{t("deadLetters")}</h1>
        {paged.total !== null && <span className="muted">{number(paged.total)}</span>}
      </div>
      <form
        className="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          setSearch(typed);
        }}
      >
        <input
          className="input"
          type="search"
          placeholder={t("dead.search")}
          aria-label={t("dead.search")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="button">
          {t("search")}
        </button>
        <button type="button" className="button" onClick={paged.again}>
          {t("refresh")}
        </button>
        {origin && (
          <button
            type="button"
            className="button"
            onClick={() => {
              setFlow("");
              setOrigin("");
            }}
          >
            {t("dead.onlyFrom", { node: `${flow}/${origin}` })} <Icon name="close" size={12} />
          </button>
        )}
        <span className="grow" />
        {mayAct && (
          <button
            type="button"
            className="button"
            disabled={count === 0}
            onClick={() => setQuestion({ action: "redrive", letters: picked, count })}
          >
            {t(chosen.size ? "dead.redriveSome" : "dead.redriveAll", { n: count })}
          </button>
        )}
        {mayAct && (
          <button
            type="button"
            className="button danger"
            disabled={count === 0}
            onClick={() => setQuestion({ action: "purge", letters: picked, count })}
          >
            {t(chosen.size ? "dead.purgeSome" : "dead.purgeAll", { n: count })}
          </button>
        )}
      </form>
      <div className="scroll grow sheet" tabIndex={0} role="region" aria-label={t("deadLetters")}>
        {!mayRead && <p className="empty">{t("tap.notAllowed")}</p>}
        {paged.done && mayRead && paged.items.length === 0 && <p className="empty">{t("dead.none")}</p>}
        {paged.items.length > 0 && (
          <Table items={paged.items} chosen={chosen} onChoose={setChosen} onOpen={open} mayAct={mayAct} />
        )}
        <MoreButton paged={paged} />
      </div>
      {shown && <Opened letter={shown} mayAct={mayAct} onClose={() => setShown(null)} onGiven={done} />}
      {question && <Ask question={question} onClose={() => setQuestion(null)} onDone={done} />}
    </div>
  );
}

/** One letter: why it was refused, where, what it said; and the way back to that node. */
function Opened({
  letter,
  mayAct,
  onClose,
  onGiven,
}: {
  letter: WholeLetter;
  mayAct: boolean;
  onClose: () => void;
  onGiven: () => void;
}) {
  const giveBack = async () => {
    try {
      const { count } = await deadLetters.redrive({ ids: [letter.id] });
      tell(t("dead.redriven", { n: count }));
      onGiven();
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <Dialog
      title={`${letter.flow}/${letter.from}`}
      onClose={onClose}
      className="wide"
      foot={
        <>
          <button type="button" className="button" onClick={() => visit(letter.flow, letter.from)}>
            {t("dead.node")}
          </button>
          {mayAct && (
            <button type="button" className="button primary" onClick={() => void giveBack()}>
              {t("dead.redrive")}
            </button>
          )}
        </>
      }
    >
      <p>
        <strong>{t("reason")}:</strong> {visible(reasonText(letter.reason))}
      </p>
      <p className="muted">
        {dateTime(letter.at_ms)} · {t("attempts")}: {number(letter.attempts)}
        {letter.topic && ` · ${t("topic")}: ${visible(letter.topic)}`}
      </p>
      <Payload message={letter.message} />
    </Dialog>
  );
}

type TableProps = {
  items: readonly DeadLetter[];
  chosen: ReadonlySet<string>;
  onChoose: (next: ReadonlySet<string>) => void;
  onOpen: (id: string) => void;
  mayAct: boolean;
};

function Table({ items, chosen, onChoose, onOpen, mayAct }: TableProps) {
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  return (
    <table className="table cards">
      <thead>
        <tr>
          {mayAct && (
            <th>
              <input
                type="checkbox"
                aria-label={t("selectAll")}
                checked={chosen.size === items.length}
                onChange={() =>
                  onChoose(chosen.size === items.length ? new Set() : new Set(items.map((item) => item.id)))
                }
              />
            </th>
          )}
          <th>{t("time")}</th>
          <th>{t("from")}</th>
          <th>{t("reason")}</th>
          <th>{t("topic")}</th>
          <th>{t("attempts")}</th>
          <th>{t("engine.size")}</th>
          <th>
            <span className="sr">{t("open")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id} className={chosen.has(item.id) ? "chosen" : ""}>
            {mayAct && (
              <td>
                <input
                  type="checkbox"
                  aria-label={t("select")}
                  checked={chosen.has(item.id)}
                  onChange={() => toggle(item.id)}
                />
              </td>
            )}
            <td className="fixed">{dateTime(item.at_ms)}</td>
            <td>
              <button type="button" className="button plain link" onClick={() => visit(item.flow, item.from)}>
                {item.flow}/{item.from}
              </button>
            </td>
            <td className="any">{visible(reasonText(item.reason))}</td>
            <td>{visible(item.topic ?? "")}</td>
            <td className="phone-hide">{number(item.attempts)}</td>
            <td className="fixed">{bytes(item.size_bytes)}</td>
            <td>
              <button type="button" className="button" onClick={() => onOpen(item.id)}>
                {t("open")}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Ask({ question, onClose, onDone }: { question: Question; onClose: () => void; onDone: () => void }) {
  const act = async () => {
    try {
      const { count } = await deadLetters[question.action](question.letters);
      tell(t(question.action === "redrive" ? "dead.redriven" : "dead.purged", { n: count }));
      onDone();
    } catch (error) {
      tellError(error);
    }
  };
  const sure = t(question.action === "redrive" ? "dead.redriveSure" : "dead.purgeSure", { n: question.count });
  return (
    <Dialog
      title={t(`dead.${question.action}`)}
      onClose={onClose}
      foot={
        <>
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button
            type="button"
            data-first
            className={question.action === "purge" ? "button danger" : "button primary"}
            onClick={() => void act()}
          >
            {t(`dead.${question.action}`)}
          </button>
        </>
      }
    >
      <p>{sure}</p>
    </Dialog>
  );
}
