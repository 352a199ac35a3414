/** What can be asked of a template. */

/** The five kinds of SmartModules, by the names `smdk generate --kind` takes. */
export const smartModuleKinds = ["filter", "map", "filter-map", "array-map", "aggregate"] as const;
export type SmartModuleKind = (typeof smartModuleKinds)[number];

/** Languages that have templates. */
export const languages = ["assemblyscript", "typescript", "javascript"] as const;
export type Language = (typeof languages)[number];

/** Which of a kind's variants is wanted. */
export interface Variant {
  kind: SmartModuleKind;
  /** The module reads a parameter in `init`. */
  withParams: boolean;
  /** The module looks at earlier records in `lookBack` before its first batch. */
  lookBack: boolean;
}
