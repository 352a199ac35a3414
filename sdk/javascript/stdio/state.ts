// There is no engine's state here; what reads text asks for it.

// @ts-expect-error: decorator
@inline export const ctx: usize = 0;
// @ts-expect-error: decorator
@inline export const scratch: usize = 0;
