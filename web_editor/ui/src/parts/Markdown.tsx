// The small part of Markdown that help texts use, as React elements: no HTML is ever taken over.
import { Fragment, type ReactNode } from "react";

export function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      {blocks(text).map((block, i) => (
        <Block key={i} block={block} />
      ))}
    </div>
  );
}

type Block = { kind: "code" | "list" | "steps" | "heading" | "text"; lines: string[] };

export function blocks(text: string): Block[] {
  const result: Block[] = [];
  let code: Block | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("```")) {
      if (code) code = null;
      else {
        code = { kind: "code", lines: [] };
        result.push(code);
      }
    } else if (code) code.lines.push(line);
    else place(result, line);
  }
  return result.filter((block) => block.lines.length > 0);
}

function place(result: Block[], line: string): void {
  const last = result.at(-1);
  const kind = /^\s*[-*] /.test(line)
    ? "list"
    : /^\s*\d+\. /.test(line)
      ? "steps"
      : /^#{1,6} /.test(line)
        ? "heading"
        : "text";
  if (line.trim() === "") result.push({ kind: "text", lines: [] });
  else if (kind === "heading") result.push({ kind, lines: [line.replace(/^#+ /, "")] });
  else if (last?.kind === kind && last.lines.length) last.lines.push(line);
  else if (kind === "text" && (last?.kind === "list" || last?.kind === "steps") && /^\s/.test(line))
    last.lines.push(`${last.lines.pop()} ${line.trim()}`);
  else result.push({ kind, lines: [line] });
}

function Block({ block }: { block: Block }) {
  const items = () => block.lines.map((line, i) => <li key={i}>{inline(line.replace(/^\s*([-*]|\d+\.) /, ""))}</li>);
  if (block.kind === "code")
    return (
      <pre tabIndex={0}>
        <code>{block.lines.join("\n")}</code>
      </pre>
    );
  if (block.kind === "heading") return <h3>{inline(block.lines[0]!)}</h3>;
  if (block.kind === "list") return <ul>{items()}</ul>;
  if (block.kind === "steps") return <ol>{items()}</ol>;
  return <p>{inline(block.lines.join(" "))}</p>;
}

/** One line of help with its code, bold words and links. */
export function inline(text: string): ReactNode {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/).map((part, i) => {
    if (part.startsWith("`") && part.length > 2) return <code key={i}>{part.slice(1, -1)}</code>;
    if (part.startsWith("**") && part.length > 4) return <strong key={i}>{part.slice(2, -2)}</strong>;
    const link = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(part);
    // only our own pages: a shared flow must not lead an operator elsewhere
    if (link)
      return /^\/(?!\/)/.test(link[2]!) ? (
        <a key={i} href={link[2]}>
          {link[1]}
        </a>
      ) : (
        <Fragment key={i}>{link[1]}</Fragment>
      );
    return <Fragment key={i}>{part}</Fragment>;
  });
}
