// General categories of Unicode, for \p{…}.

import { CharSet, normalise } from "./charset";
import { CATEGORIES, CATEGORIES_SIZE } from "./unicode";

/** The categories in the order of their numbers; then those that stand for several. */
// @ts-ignore: decorator
@lazy const NAMES: string = ",Lu,Ll,Lt,Lm,Lo,Mn,Mc,Me,Nd,Nl,No,Pc,Pd,Ps,Pe,Pi,Pf,Po,Sm,Sc,Sk,So,Zs,Zl,Zp,Cc,Cf,Cs,Co,Cn,";
// @ts-ignore: decorator
@lazy const LONG_NAMES: string =
  ",Uppercase_Letter,Lowercase_Letter,Titlecase_Letter,Modifier_Letter,Other_Letter,Nonspacing_Mark,Spacing_Mark,Enclosing_Mark,Decimal_Number,Letter_Number,Other_Number,Connector_Punctuation,Dash_Punctuation,Open_Punctuation,Close_Punctuation,Initial_Punctuation,Final_Punctuation,Other_Punctuation,Math_Symbol,Currency_Symbol,Modifier_Symbol,Other_Symbol,Space_Separator,Line_Separator,Paragraph_Separator,Control,Format,Surrogate,Private_Use,Unassigned,";
/** An alternation of upper and lower case letters. */
// @ts-ignore: decorator
@inline const ALTERNATING: u32 = 31;

/** The number of a name in a list, or -1. */
function position(list: string, name: string): i32 {
  let at = list.indexOf("," + name + ",");
  if (at < 0) return -1;
  let number = 0;
  for (let i = 0; i < at; ++i) if (list.charCodeAt(i) == 0x2c) ++number;
  return number;
}

/** A bit for each category that a name stands for; 0 when it is none. */
function categoriesOf(name: string): u32 {
  if (name == "L" || name == "Letter") return 0x1f;
  if (name == "LC" || name == "Cased_Letter") return 7;
  if (name == "M" || name == "Mark" || name == "Combining_Mark") return 7 << 5;
  if (name == "N" || name == "Number") return 7 << 8;
  if (name == "P" || name == "Punctuation" || name == "punct") return 0x7f << 11;
  if (name == "S" || name == "Symbol") return 15 << 18;
  if (name == "Z" || name == "Separator") return 7 << 22;
  if (name == "C" || name == "Other") return 31 << 25;
  if (name.includes(",")) return 0;
  let number = position(NAMES, name == "digit" ? "Nd" : name == "cntrl" ? "Cc" : name);
  if (number < 0) number = position(LONG_NAMES, name);
  return number < 0 ? 0 : 1 << number;
}

/** The characters that have a property; none for one that is not known. */
export function propertySet(name: string): CharSet {
  if (name == "Any") return [0x10ffff];
  if (name == "ASCII") return [0x7f];
  if (name.startsWith("gc=")) name = name.substring(3);
  else if (name.startsWith("General_Category=")) name = name.substring(17);
  let wanted = categoriesOf(name);
  let out = new Array<u64>();
  if (!wanted) return out;
  // Runs of one category, one behind the other: the length in base 128, then the category.
  let point: u64 = 0;
  for (let p = CATEGORIES; p < CATEGORIES + CATEGORIES_SIZE; ) {
    let length: u64 = 0;
    let shift: u64 = 0;
    let byte: u64;
    do {
      byte = <u64>load<u8>(p++);
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    let category = <u32>load<u8>(p++);
    if (category == ALTERNATING) {
      let both = wanted & 3;
      if (both == 3) out.push((point << 32) | (point + length - 1));
      else if (both) {
        for (let at = point + (both >>> 1); at < point + length; at += 2) out.push((at << 32) | at);
      }
    } else if (wanted & (1 << category)) {
      out.push((point << 32) | (point + length - 1));
    }
    point += length;
  }
  return normalise(out);
}
