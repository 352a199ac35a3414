// The compiler declares Number as an alias of a class, which TypeScript 7 does not take for the type of numbers.

interface Number {
  /** The number as text; `radix` from 2 to 36, 10 if not given. */
  toString(radix?: i32): string;
  /** A float with so many digits behind the point (0 if not given, at most 100). */
  toFixed(digits?: i32): string;
}

interface Map<K, V> {
  /** Calls a function for each entry, in the order they were added. */
  forEach(fn: (value: V, key: K, map: Map<K, V>) => void): void;
}

interface Set<K> {
  /** Calls a function for each value, in the order they were added. */
  forEach(fn: (value: K, key: K, set: Set<K>) => void): void;
}

/** A truth value. (The compiler's own declaration takes numbers for one too, so that no `boolean` could be a `bool`'s.) */
declare type bool = boolean;
