/** Who may do what: the one place that decides, for all faces. */
import { forbidden, HubError, unauthorized } from "./error.ts";
import { type AccountStore, ROLES, type Role, type Scope, type Viewer } from "./store/accounts.ts";
import type { Sees } from "./store/catalog.ts";

/** Private versions are seen by the group's members whose token may read. */
export function seesOf(accounts: AccountStore, viewer: Viewer): Sees {
  return (group) => viewer.scopes.has("read") && accounts.roleOf(viewer, group) !== undefined;
}

/** Changes nothing but refuses: 401 for someone unknown, 403 for the wrong role or token. */
export function requireRole(
  accounts: AccountStore,
  viewer: Viewer,
  group: string,
  least: Role,
  scope: Scope,
): void {
  requireScope(viewer, scope);
  const role = accounts.roleOf(viewer, group);
  if (role === undefined) throw forbidden(`you are not in the group ${group}`);
  if (ROLES.indexOf(role) < ROLES.indexOf(least)) throw forbidden(`this needs the role ${least} in ${group}`);
}

export function requireScope(viewer: Viewer, scope: Scope): void {
  if (viewer.user === undefined) throw unauthorized();
  if (!viewer.scopes.has(scope)) {
    throw new HubError(403, "SMDK_HUB_SCOPE", `this token does not allow it: the scope ${scope} is missing`);
  }
}
