// Texts in YAML: plain where nothing else could be meant, in quotes or as a block of lines otherwise.

/** What would be read as a number, a truth value or null. */
const notText =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?(?:0x[\da-fA-F]+|0o[0-7]+|0b[01]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN))$/;

/** The text of a value or a name. Lines of a block are moved two blanks to the right of `indent`. */
export function scalar(text: string, indent: i32, isKey: bool): string {
  const form = new Form(text);
  if (text.includes("\n")) {
    return form.canBeBlock && !isKey ? block(text, indent + 2) : doubleQuoted(text);
  }
  if (form.isSpecial) return doubleQuoted(text);
  if (text.length > 0 && form.canBePlain && !notText.test(text)) return text;
  return `'${text.replaceAll("'", "''")}'`;
}

/** What a text allows. */
class Form {
  canBePlain: bool = true;
  canBeBlock: bool = true;
  /** Has characters that cannot be seen. */
  isSpecial: bool = false;

  constructor(text: string) {
    const count = text.length;
    if (text.startsWith("---") || text.startsWith("...")) this.canBePlain = false;
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i);
      const endsWord = i + 1 >= count || isBlank(text.charCodeAt(i + 1));
      const begins = i == 0 || isBlank(text.charCodeAt(i - 1));
      if (!isPrintable(unit)) this.isSpecial = true;
      if (i == 0 && FIRST.includes(text.charAt(0))) this.canBePlain = false;
      if (i == 0 && (unit == 0x2d || unit == 0x3f) && endsWord) this.canBePlain = false;
      if (unit == 0x3a && endsWord) this.canBePlain = false;
      if (unit == 0x23 && begins) this.canBePlain = false;
      if (unit == 0x20) {
        const isLast = i == count - 1;
        if (i == 0 || isLast) this.canBePlain = false;
        if (isLast || text.charCodeAt(i + 1) == 0x0a) this.canBeBlock = false;
      }
    }
    if (this.isSpecial) this.canBeBlock = false;
  }
}

/** Characters that mean something where a value begins. */
const FIRST = "#,[]{}&*!|>'\"%@`";

function isBlank(unit: i32): bool {
  return unit == 0x20 || unit == 0x09 || unit == 0x0a || unit == 0x0d || unit == 0x85 || unit == 0x2028 || unit == 0x2029;
}

function isPrintable(unit: i32): bool {
  if (unit == 0x0a || (unit >= 0x20 && unit <= 0x7e)) return true;
  return unit >= 0xa0 && unit <= 0xfffd && unit != 0xfeff && unit != 0x2028 && unit != 0x2029;
}

function block(text: string, indent: i32): string {
  const first = text.charCodeAt(0);
  let head = first == 0x20 || first == 0x0a ? "|2" : "|";
  if (!text.endsWith("\n")) head += "-";
  else if (text.length == 1 || text.charCodeAt(text.length - 2) == 0x0a) head += "+";
  const lines = text.split("\n");
  const blanks = " ".repeat(indent);
  for (let i = 0; i < lines.length; i++) if (lines[i].length > 0) lines[i] = blanks + lines[i];
  return `${head}\n${lines.join("\n")}`;
}

function doubleQuoted(text: string): string {
  let quoted = '"';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    quoted += isPrintable(unit) && unit != 0x22 && unit != 0x5c && unit != 0x0a ? text.charAt(i) : escaped(unit);
  }
  return quoted + '"';
}

function escaped(unit: i32): string {
  switch (unit) {
    case 0x00:
      return "\\0";
    case 0x07:
      return "\\a";
    case 0x08:
      return "\\b";
    case 0x09:
      return "\\t";
    case 0x0a:
      return "\\n";
    case 0x0b:
      return "\\v";
    case 0x0c:
      return "\\f";
    case 0x0d:
      return "\\r";
    case 0x1b:
      return "\\e";
    case 0x22:
      return '\\"';
    case 0x5c:
      return "\\\\";
    case 0x85:
      return "\\N";
    case 0x2028:
      return "\\L";
    case 0x2029:
      return "\\P";
    default: {
      const hex = unit.toString(16).toUpperCase();
      return unit <= 0xff ? "\\x" + hex.padStart(2, "0") : "\\u" + hex.padStart(4, "0");
    }
  }
}
