// A text with what a search found in it marked.
import { pieces } from "../logic/find";

export function Hits({ text, typed }: { text: string; typed: string }) {
  return pieces(text, typed).map((piece, i) => (piece.hit ? <mark key={i}>{piece.text}</mark> : piece.text));
}
