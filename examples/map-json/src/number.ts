/** A number of JSON as YAML has it: integers as they are, others with a point or an exponent, in the fewest digits. */
export function number(text: string): string {
  const isInteger = !text.includes(".") && !text.includes("e") && !text.includes("E");
  if (isInteger && text != "-0" && fits(text)) return text;
  const sign = text.startsWith("-") ? "-" : "";
  if (!isFinite(parseFloat(text))) throw new Error("number out of range");
  let parts = new Digits(text.substring(sign.length));
  if (parts.digits.length > 15) {
    // More digits than every double keeps: the double decides which ones count.
    const shortest = new Digits(parseFloat(text).toString().substring(sign.length));
    if (shortest.digits.length < parts.digits.length || parts.digits.length > 17) parts = shortest;
  }
  return sign + parts.print();
}

/** Whether an integer is one of 64 bits. */
function fits(text: string): bool {
  const isNegative = text.startsWith("-");
  const digits = isNegative ? text.substring(1) : text;
  const most = isNegative ? "9223372036854775808" : "18446744073709551615";
  return digits.length < most.length || (digits.length == most.length && digits <= most);
}

/** Digits without zeros at their ends, and where the point is: 0.DIGITS times ten to that power. */
class Digits {
  digits: string;
  point: i32;

  constructor(text: string) {
    let exponent = 0;
    let at = text.indexOf("e");
    if (at < 0) at = text.indexOf("E");
    if (at >= 0) exponent = i32(parseInt(text.substring(at + 1)));
    const mantissa = at < 0 ? text : text.substring(0, at);
    const dot = mantissa.indexOf(".");
    let digits = dot < 0 ? mantissa : mantissa.substring(0, dot) + mantissa.substring(dot + 1);
    let point = (dot < 0 ? mantissa.length : dot) + exponent;
    let zeros = 0;
    while (zeros < digits.length && digits.charCodeAt(zeros) == 0x30) zeros++;
    let end = digits.length;
    while (end > zeros && digits.charCodeAt(end - 1) == 0x30) end--;
    this.digits = digits.substring(zeros, end);
    this.point = point - zeros;
  }

  print(): string {
    const digits = this.digits;
    const point = this.point;
    const count = digits.length;
    if (count == 0) return "0.0";
    if (point >= count && point <= 16) return digits + "0".repeat(point - count) + ".0";
    if (point > 0 && point <= 16) return digits.substring(0, point) + "." + digits.substring(point);
    if (point > -5 && point <= 0) return "0." + "0".repeat(-point) + digits;
    const exponent = (point - 1).toString();
    if (count == 1) return `${digits}e${exponent}`;
    return `${digits.substring(0, 1)}.${digits.substring(1)}e${exponent}`;
  }
}
