// Dialogs of one question: a new name, a new flow, a file to import, a message to inject, the keys.
import { type ComponentProps, useEffect, useState } from "react";
import { flows } from "../api/calls";
import { FLOW_NAME, NODE_NAME } from "../api/generated";
import type { Inject, Json } from "../api/types";
import { editor, useDocument, useEditor } from "../edit/editor";
import { rename } from "../edit/gestures";
import { show } from "../edit/overlays";
import { selectedNode } from "../edit/selection";
import { makeSubflow } from "../edit/subflows";
import { t } from "../i18n";
import { parseJson } from "../logic/digits";
import { freeName } from "../logic/find";
import { Dialog } from "../parts/Dialog";
import { FormDialog } from "../parts/FormDialog";
import { flowList } from "../state/feeds";
import { tell } from "../state/notices";
import { go } from "../state/route";

const close = () => show(null);

type OwnFormProps = Omit<ComponentProps<typeof FormDialog>, "onClose">;
const Form = (props: OwnFormProps) => <FormDialog {...props} onClose={close} />;

export function RenameDialog() {
  const graph = useDocument((state) => state.graph);
  const { connection } = editor.get();
  const old = connection ?? selectedNode() ?? "";
  const [name, setName] = useState(old);
  const taken = connection
    ? graph?.connections.some(({ id }) => id === name)
    : graph?.nodes.some(({ id }) => id === name);
  const fault = name === old ? null : !NODE_NAME.test(name) ? t("fault.name") : taken ? t("fault.taken") : null;
  const submit = () => {
    rename([connection ? "connections" : "nodes", old], name);
    if (connection) editor.set({ connection: name });
    close();
  };
  return (
    <Form title={`${t("rename")}: ${old}`} action={t("rename")} ready={name !== old && !fault} onSubmit={submit}>
      <div className="field">
        <label htmlFor="new-name">{t("rename.to")}</label>
        <input
          id="new-name"
          data-first
          className="input mono"
          value={name}
          aria-invalid={fault !== null}
          aria-describedby="new-name-help"
          onChange={(event) => setName(event.target.value)}
        />
        <p id="new-name-help" className={fault ? "fault" : "help"}>
          {fault ?? t("rename.follows")}
        </p>
      </div>
    </Form>
  );
}

type NameFieldProps = { name: string; onName: (name: string) => void; label?: string };

export function NameField({ name, onName, label = t("flow.name") }: NameFieldProps) {
  return (
    <div className="field">
      <label htmlFor="flow-name">{label}</label>
      <input
        id="flow-name"
        data-first
        className="input mono"
        value={name}
        aria-invalid={name !== "" && !FLOW_NAME.test(name)}
        aria-describedby="flow-name-help"
        onChange={(event) => onName(event.target.value)}
      />
      <p id="flow-name-help" className="help">
        {t("flow.nameHelp")}
      </p>
    </div>
  );
}

export function NewFlowDialog() {
  const [name, setName] = useState("");
  const submit = async () => {
    const flow = await flows.create(name, `flow: ${name}\ntitle: ${name.replaceAll(/[_-]/g, " ")}\n\nnodes: {}\n`);
    close();
    go({ screen: "flow", flow: flow.id });
  };
  return (
    <Form title={t("flow.new")} action={t("flow.create")} ready={FLOW_NAME.test(name)} onSubmit={submit}>
      <NameField name={name} onName={setName} />
    </Form>
  );
}

export function SubflowDialog() {
  const count = useEditor((state) => state.nodes.size);
  const [name, setName] = useState(() => freeName("subflow", new Set(flowList.get().flows.map(({ id }) => id))));
  const submit = async () => {
    if (await makeSubflow(name)) close();
  };
  return (
    <Form title={t("subflow.make")} action={t("flow.create")} ready={FLOW_NAME.test(name)} onSubmit={submit}>
      <p className="muted">{t("subflow.makeHelp", { n: count })}</p>
      <NameField name={name} onName={setName} label={t("subflow.name")} />
    </Form>
  );
}

/** What a flow that is brought in may be called: as it calls itself, else as its file. */
function idOf({ name, text }: { name: string; text: string }): string {
  const stem = name.replace(/\.ya?ml$/, "").toLowerCase();
  return /^flow:\s*["']?([a-z0-9][a-z0-9_-]*)/m.exec(text)?.[1] ?? stem.replaceAll(/[^a-z0-9_-]/g, "_");
}

export function ImportDialog() {
  const dropped = useEditor((state) => state.dropped);
  const [name, setName] = useState(dropped ? idOf(dropped) : "");
  const [text, setText] = useState(dropped?.text ?? "");
  useEffect(() => editor.set({ dropped: null }), []);
  const read = async (file: File | undefined) => {
    if (!file) return;
    const found = { name: file.name, text: await file.text() };
    setText(found.text);
    setName(idOf(found));
  };
  const submit = async () => {
    const flow = await flows.create(name, text);
    close();
    go({ screen: "flow", flow: flow.id });
  };
  return (
    <Form
      title={t("flow.import")}
      action={t("flow.import")}
      ready={FLOW_NAME.test(name) && text.trim() !== ""}
      onSubmit={submit}
    >
      <div className="field">
        <label htmlFor="import-file">{t("flow.file")}</label>
        <input
          id="import-file"
          className="input"
          type="file"
          accept=".yaml,.yml,text/yaml"
          onChange={(event) => void read(event.target.files?.[0])}
        />
      </div>
      <div className="field">
        <label htmlFor="import-text">{t("flow.orText")}</label>
        <textarea
          id="import-text"
          className="input mono"
          rows={8}
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <NameField name={name} onName={setName} />
    </Form>
  );
}

type Encoding = NonNullable<Inject["encoding"]>;

export function InjectDialog() {
  const node = selectedNode();
  const flow = editor.get().document?.id;
  const [payload, setPayload] = useState('{"value": 1}');
  const [topic, setTopic] = useState("");
  const [encoding, setEncoding] = useState<Encoding>("json");
  const fault = encoding === "json" && !isJson(payload) ? t("fault.json") : null;
  const submit = async () => {
    await flows.inject(flow!, node!, {
      payload: encoding === "json" ? (parseJson(payload) as Json) : payload,
      encoding,
      ...(topic ? { topic } : {}),
    });
    tell(t("inject.done", { node: node! }));
    close();
  };
  return (
    <Form
      title={t("inject.into", { node: node ?? "" })}
      action={t("inject")}
      ready={!fault && Boolean(node && flow)}
      onSubmit={submit}
    >
      <div className="field">
        <label htmlFor="inject-kind">{t("inject.as")}</label>
        <select
          id="inject-kind"
          className="input"
          value={encoding}
          onChange={(event) => setEncoding(event.target.value as Encoding)}
        >
          <option value="json">JSON</option>
          <option value="text">{t("payload.text")}</option>
          <option value="base64">Base64</option>
        </select>
      </div>
      <div className="field">
        <label htmlFor="inject-payload">{t("payload")}</label>
        <textarea
          id="inject-payload"
          data-first
          className="input mono"
          rows={5}
          value={payload}
          spellCheck={false}
          aria-invalid={fault !== null}
          aria-describedby="inject-fault"
          onChange={(event) => setPayload(event.target.value)}
        />
        <p id="inject-fault" className="fault">
          {fault}
        </p>
      </div>
      <div className="field">
        <label htmlFor="inject-topic">{t("topic")}</label>
        <input
          id="inject-topic"
          className="input mono"
          value={topic}
          onChange={(event) => setTopic(event.target.value)}
        />
      </div>
    </Form>
  );
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

const KEYS = [
  ["Ctrl+K", "commands"],
  ["Ctrl+F", "search"],
  ["Ctrl+D", "deploy"],
  ["Ctrl+Z", "undo"],
  ["Ctrl+Y", "redo"],
  ["Ctrl+C X V", "keys.clipboard"],
  ["Ctrl+A", "selectAll"],
  ["Enter", "properties"],
  ["← ↑ → ↓", "keys.walk"],
  ["Ctrl+← ↑ → ↓", "keys.move"],
  ["W", "wire.add"],
  ["A", "palette.add"],
  ["Del", "delete"],
  ["Alt+U", "selectUp"],
  ["Alt+D", "selectDown"],
  ["F2", "rename"],
  ["S", "subflow.make"],
  ["Shift+S", "subflow.writeOut"],
  ["Space", "tap.pause"],
  ["F6", "keys.panel"],
  ["?", "help"],
] as const;

export function HelpDialog() {
  return (
    <Dialog title={t("help")} onClose={close}>
      <table className="table">
        <tbody>
          {KEYS.map(([key, word]) => (
            <tr key={key}>
              <td>
                <kbd className="kbd">{key}</kbd>
              </td>
              <td>{t(word)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted">{t("help.note")}</p>
    </Dialog>
  );
}
