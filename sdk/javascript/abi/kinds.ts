// The kinds of transforms, by the numbers that errors carry.

export const FILTER: i32 = 0;
export const MAP: i32 = 1;
export const ARRAY_MAP: i32 = 2;
export const AGGREGATE: i32 = 3;
export const FILTER_MAP: i32 = 4;
