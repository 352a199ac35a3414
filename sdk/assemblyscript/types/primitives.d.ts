// The compiler declares Number as an alias of a class, which TypeScript 7 does not take for the type of numbers.

interface Number {
  /** The number as text; `radix` from 2 to 36, 10 if not given. */
  toString(radix?: i32): string;
}
