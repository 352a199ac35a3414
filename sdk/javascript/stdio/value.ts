// There are no values of an engine here; what reads text asks for this one.

// @ts-expect-error: decorator
@inline export const EXCEPTION: i64 = 6 << 32;
