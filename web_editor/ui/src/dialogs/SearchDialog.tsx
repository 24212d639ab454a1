// Finding a node among those of all flows: by what it is called, does or says, and by what is the matter with it.
import { useEffect, useMemo, useState } from "react";
import { flows as calls } from "../api/calls";
import type { FlowSummary, FoundNode, Paged } from "../api/types";
import { useEditor } from "../edit/editor";
import { show } from "../edit/overlays";
import { visit } from "../edit/visit";
import { t } from "../i18n";
import { lineWith } from "../logic/find";
import { Dialog } from "../parts/Dialog";
import { Hits } from "../parts/Hits";
import { Icon } from "../parts/Icon";
import { Picker } from "../parts/Picker";
import { StateMark } from "../parts/StateMark";
import { TypeIcon } from "../parts/TypeIcon";
import { flowList, problemList } from "../state/feeds";
import { tellError } from "../state/notices";
import { go } from "../state/route";
import { useStore } from "../state/store";

type Wanted = { type: string; connection: string; problem: boolean; disabled: boolean };
const ANY: Wanted = { type: "", connection: "", problem: false, disabled: false };
type Item = { flow: FlowSummary } | { node: FoundNode; flow: FlowSummary | undefined };

const close = () => show(null);

export function SearchDialog() {
  const nodes = useNodes();
  const [wanted, setWanted] = useState(ANY);
  const flows = useStore(flowList, (state) => state.flows);
  const open = useEditor((state) => state.document?.id);
  const faulty = useFaulty();
  const items = useMemo((): Item[] => {
    const byId = new Map(flows.map((flow) => [flow.id, flow]));
    const rows = (nodes ?? [])
      .filter((node) => fits(node, wanted, faulty))
      .map((node) => ({ node, flow: byId.get(node.flow) }));
    // the open flow first: most searches end there
    rows.sort((a, b) => Number(b.node.flow === open) - Number(a.node.flow === open));
    return wanted === ANY ? [...rows, ...flows.map((flow) => ({ flow }))] : rows;
  }, [nodes, wanted, flows, open, faulty]);
  const pick = (item: Item) => {
    close();
    // after the dialog has handed the focus back
    setTimeout(() =>
      "node" in item ? visit(item.node.flow, item.node.id) : go({ screen: "flow", flow: item.flow.id }),
    );
  };
  return (
    <Dialog title={t("search")} onClose={close} className="top">
      <Picker
        busy={nodes === null}
        items={items}
        textOf={textOf}
        keyOf={(item) => ("node" in item ? `${item.node.flow}/${item.node.id}` : item.flow.id)}
        label={t("search.all")}
        onPick={pick}
        draw={(item, typed) =>
          "node" in item ? (
            <FoundRow node={item.node} flow={item.flow} typed={typed} faulty={faulty} />
          ) : (
            <FlowRow flow={item.flow} typed={typed} />
          )
        }
      >
        <Filters nodes={nodes ?? []} wanted={wanted} onChange={setWanted} />
      </Picker>
    </Dialog>
  );
}

function useNodes(): readonly FoundNode[] | null {
  const [nodes, setNodes] = useState<readonly FoundNode[] | null>(null);
  useEffect(() => {
    let isGone = false;
    every(calls.nodes).then((found) => isGone || setNodes(found), tellError);
    return () => {
      isGone = true;
    };
  }, []);
  return nodes;
}

/** All pages of a list. */
async function every<T>(read: (cursor?: string | null) => Promise<Paged<T>>): Promise<T[]> {
  const found: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Paged<T> = await read(cursor);
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
}

/** Nodes with which something is the matter while they run. */
function useFaulty(): ReadonlySet<string> {
  const problems = useStore(problemList, (state) => state.problems);
  return useMemo(() => new Set(problems.map(({ flow, node }) => `${flow}/${node ?? ""}`)), [problems]);
}

const isFaulty = (node: FoundNode, faulty: ReadonlySet<string>) =>
  node.fault !== null || faulty.has(`${node.flow}/${node.id}`);

const fits = (node: FoundNode, wanted: Wanted, faulty: ReadonlySet<string>) =>
  (!wanted.type || node.type === wanted.type) &&
  (!wanted.connection || node.connections.includes(wanted.connection)) &&
  (!wanted.problem || isFaulty(node, faulty)) &&
  (!wanted.disabled || node.disabled);

const textOf = (item: Item) =>
  "node" in item
    ? `${item.node.id} ${item.node.title ?? ""} ${item.node.type} ${item.flow?.title ?? item.node.flow}\n${item.node.text}`
    : `${item.flow.title} ${item.flow.id} ${item.flow.folder}`;

function FoundRow({
  node,
  flow,
  typed,
  faulty,
}: {
  node: FoundNode;
  flow: FlowSummary | undefined;
  typed: string;
  faulty: ReadonlySet<string>;
}) {
  const where = flow?.title || node.flow;
  const line = lineWith(node.text, typed, `${node.title ?? ""} ${node.id} ${node.type} ${where}`);
  return (
    <>
      <TypeIcon type={node.type} category={node.category} />
      <span className="grow found">
        <span className="ellipsis">
          <strong>
            <Hits text={node.title ?? node.id} typed={typed} />
          </strong>{" "}
          <span className="muted">
            {node.title && (
              <>
                <Hits text={node.id} typed={typed} /> ·{" "}
              </>
            )}
            <Hits text={node.type} typed={typed} />
          </span>
        </span>
        {line !== null && (
          <span className="ellipsis mono small">
            <Hits text={line} typed={typed} />
          </span>
        )}
      </span>
      {isFaulty(node, faulty) && <StateMark state={node.fault === "warning" ? 2 : 3} text={t("problem")} />}
      {node.disabled && <span className="chip muted">{t("search.disabled")}</span>}
      <span className="muted small ellipsis">
        <Hits text={where} typed={typed} />
      </span>
    </>
  );
}

function FlowRow({ flow, typed }: { flow: FlowSummary; typed: string }) {
  return (
    <>
      <Icon name="flow" />
      <span className="grow ellipsis">
        <strong>
          <Hits text={flow.title || flow.id} typed={typed} />
        </strong>{" "}
        <span className="muted">
          <Hits text={flow.id} typed={typed} />
        </span>
      </span>
      <span className="muted small ellipsis">
        {flow.folder ? <Hits text={flow.folder} typed={typed} /> : t("flow")}
      </span>
    </>
  );
}

function Filters({
  nodes,
  wanted,
  onChange,
}: {
  nodes: readonly FoundNode[];
  wanted: Wanted;
  onChange: (wanted: Wanted) => void;
}) {
  const types = useMemo(() => sorted(nodes.map(({ type }) => type)), [nodes]);
  const connections = useMemo(() => sorted(nodes.flatMap((node) => node.connections)), [nodes]);
  const change = (part: Partial<Wanted>) => {
    const next = { ...wanted, ...part };
    onChange(next.type || next.connection || next.problem || next.disabled ? next : ANY);
  };
  const choice = (name: "type" | "connection", of: readonly string[]) => (
    <select
      className="input"
      aria-label={t(name)}
      value={wanted[name]}
      onChange={(event) => change({ [name]: event.target.value })}
    >
      <option value="">{t(`search.any.${name}`)}</option>
      {of.map((each) => (
        <option key={each}>{each}</option>
      ))}
    </select>
  );
  const mark = (name: "problem" | "disabled") => (
    <label className="row small">
      <input type="checkbox" checked={wanted[name]} onChange={(event) => change({ [name]: event.target.checked })} />
      {t(`search.${name}`)}
    </label>
  );
  return (
    <div className="row wrap filters" role="group" aria-label={t("search.filters")}>
      {choice("type", types)}
      {choice("connection", connections)}
      {mark("problem")}
      {mark("disabled")}
    </div>
  );
}

const sorted = (names: readonly string[]) => [...new Set(names)].sort((a, b) => a.localeCompare(b));
