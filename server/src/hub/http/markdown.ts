/** A readme as HTML: the common part of Markdown, with nothing in it that could run or be fetched. */

const MAX_CHARS = 100_000;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Headings begin at `h2 + 1`, since the page has its own; pictures become their description. */
export function renderMarkdown(source: string): string {
  const lines = source.slice(0, MAX_CHARS).replace(/\r\n?/g, "\n").split("\n");
  const out: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    const fence = /^ {0,3}(```+|~~~+)/.exec(line)?.[1];
    const heading = /^ {0,3}(#{1,6})\s+(.*)$/s.exec(line);
    if (fence !== undefined) {
      const code: string[] = [];
      for (at++; at < lines.length && !lines[at]!.trimStart().startsWith(fence); at++) code.push(lines[at]!);
      at++;
      // The keyboard can scroll it where it is wider than the page.
      out.push(`<pre tabindex="0"><code>${escapeHtml(code.join("\n"))}</code></pre>`);
    } else if (heading !== null) {
      const level = Math.min(6, heading[1]!.length + 2);
      out.push(`<h${level}>${inline(withoutClosing(heading[2]!))}</h${level}>`);
      at++;
    } else if (/^ {0,3}([-*+]|\d{1,9}[.)])\s+/.test(line)) {
      const isNumbered = /^ {0,3}\d/.test(line);
      const items: string[] = [];
      for (; at < lines.length && lines[at]!.trim() !== ""; at++) {
        const item = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(.*)$/s.exec(lines[at]!);
        if (item !== null) items.push(item[1]!);
        else items[items.length - 1] += ` ${lines[at]!.trim()}`;
      }
      const tag = isNumbered ? "ol" : "ul";
      out.push(`<${tag}>${items.map((item) => `<li>${inline(item)}</li>`).join("")}</${tag}>`);
    } else if (line.trim() === "") at++;
    else {
      const text: string[] = [];
      for (
        ;
        at < lines.length && lines[at]!.trim() !== "" && !/^ {0,3}(#{1,6}\s|```|~~~)/.test(lines[at]!);
        at++
      ) {
        text.push(lines[at]!.trim());
      }
      out.push(`<p>${inline(text.join(" "))}</p>`);
    }
  }
  return out.join("\n");
}

/** Without the marks that may close a heading, `## like this ##`; by hand, since a pattern looks for their start everywhere. */
function withoutClosing(text: string): string {
  const trimmed = text.trimEnd();
  let end = trimmed.length;
  while (trimmed[end - 1] === "#") end--;
  return end === 0 || /\s/.test(trimmed[end - 1]!) ? trimmed.slice(0, end).trimEnd() : trimmed;
}

function inline(text: string): string {
  // Code is cut out first, so that nothing inside it is taken for anything else.
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? `<code>${escapeHtml(part.slice(1, -1))}</code>` : spans(part)))
    .join("");
}

function spans(text: string): string {
  return escapeHtml(text)
    .replace(/!\[([^\]]{0,200})\]\([^)\s]{0,2000}\)/g, "$1")
    .replace(
      /\[([^\]]{1,200})\]\((https?:\/\/[^)\s]{1,2000})\)/g,
      '<a href="$2" rel="nofollow noopener">$1</a>',
    )
    .replace(/\*\*([^*]{1,500})\*\*/g, "<strong>$1</strong>")
    .replace(/(?<![\w*])\*([^*\s][^*]{0,500})\*(?!\w)/g, "<em>$1</em>");
}
