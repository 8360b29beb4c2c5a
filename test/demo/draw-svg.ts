import type { Cast } from "./cast.ts";
import { drawScreen, type Span } from "./draw-screen.ts";

const fontSize = 13;
const columnWidth = 7.83;
const lineHeight = 19;
const margin = 16;
const palette = { green: "#3fb950", red: "#f85149", yellow: "#d29922" } as const;
const fonts = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** The last picture of a recording, with all its lines, as SVG. */
export function drawSvg(cast: Cast, title: string): string {
  const lines = drawScreen(cast.events.map(([, text]) => text).join(""));
  while (lines.length > 0 && (lines.at(-1)?.length ?? 0) === 0) lines.pop();
  const columns = Math.max(...lines.map((spans) => [...textOf(spans)].length), 40);
  const width = Math.ceil(columns * columnWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const rows = lines.map((spans, index) => drawLine(spans, margin + (index + 0.75) * lineHeight));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="${fonts}" font-size="${fontSize}" fill="#e6edf3" xml:space="preserve">
${rows.filter((row) => row !== "").join("\n")}
</g>
</svg>
`;
}

/** Each span stands at its own column, so that another font's widths move nothing below each other. */
function drawLine(spans: readonly Span[], y: number): string {
  let column = 0;
  const texts = spans.map((span) => {
    const x = margin + column * columnWidth;
    const length = [...span.text].length;
    column += length;
    if (span.text.trim() === "") return "";
    return `<tspan x="${x.toFixed(1)}" textLength="${(length * columnWidth).toFixed(1)}"${looksOf(span)}>${escaped(span.text)}</tspan>`;
  });
  const drawn = texts.join("");
  return drawn === "" ? "" : `<text y="${y.toFixed(1)}">${drawn}</text>`;
}

function looksOf({ colour, dim, bold }: Span): string {
  const fill = colour === null ? "" : ` fill="${palette[colour]}"`;
  return `${fill}${dim ? ' fill-opacity="0.6"' : ""}${bold ? ' font-weight="bold"' : ""}`;
}

function textOf(spans: readonly Span[]): string {
  return spans.map(({ text }) => text).join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
