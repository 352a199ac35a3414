/** The pages' one style sheet. */

export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --mark: #b3541e; }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; overflow-wrap: anywhere; background: #fff; color: #1b1b1b; }
a { color: #0b57a4; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; padding: .75rem 1rem; border-bottom: 1px solid var(--line); }
header form { flex: 1 1 14rem; display: flex; gap: .5rem; align-items: center; }
.home { font-weight: 600; }
main { max-width: 52rem; margin: 0 auto; padding: 0 1rem 3rem; }
input { flex: 1; min-width: 0; }
input, button { font: inherit; padding: .3rem .6rem; min-height: 2.25rem; border: 1px solid #767676; border-radius: 4px; background: transparent; color: inherit; }
.list { list-style: none; padding: 0; }
.list li { padding: .75rem 0; border-bottom: 1px solid var(--line); }
.list p { margin: .25rem 0 0; }
.version, .mark { font-size: .875rem; }
.mark { border: 1px solid currentColor; border-radius: 4px; padding: 0 .4rem; }
.lead { font-size: 1.15rem; }
.warn { border-left: 4px solid var(--mark); padding-left: .75rem; }
dl { margin: 0; }
dl div { display: grid; grid-template-columns: 8rem 1fr; gap: .5rem; padding: .3rem 0; border-bottom: 1px solid var(--line); }
dt { font-weight: 600; }
dd { margin: 0; }
pre, .wide { overflow-x: auto; }
pre { border: 1px solid var(--line); border-radius: 4px; padding: .75rem; }
code { font-size: .9em; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
@media (max-width: 30rem) { dl div { grid-template-columns: 1fr; gap: 0; } }
@media (prefers-color-scheme: dark) { body { background: #16181b; color: #ececec; } a { color: #8ec2ff; } }
`.trimStart();
