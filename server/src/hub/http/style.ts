/** The pages' one style sheet. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f7f8f9; --card: #fff; --text: #1b1f24; --soft: #57606a; --line: #d8dee4; --link: #0a58ca;
  --good: #176639; --good-back: #e2f4e8; --warn: #8a3b00; --warn-back: #fff1e0; --pill: #eceff2; --code: #f3f5f7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1317; --card: #171c22; --text: #e6eaee; --soft: #a2adb9; --line: #2c343d; --link: #86b7ff;
    --good: #7ee2a3; --good-back: #15301f; --warn: #ffb77a; --warn-back: #3a2411; --pill: #252d36; --code: #11161b;
  }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--page); color: var(--text); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .2em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; z-index: 1; padding: .4rem .8rem; background: var(--card); }
header { background: var(--card); border-bottom: 1px solid var(--line); }
header > div, main, footer { width: 100%; max-width: 70rem; margin: 0 auto; padding: 0 1.25rem; }
header > div { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem 1.25rem; padding-block: .7rem; }
.home { display: flex; align-items: center; gap: .55rem; min-height: 2.5rem; font-weight: 650; color: inherit; text-decoration: none; }
.home svg { width: 1.6rem; height: 1.6rem; }
.search { flex: 1 1 100%; order: 1; display: flex; gap: .5rem; }
.search label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
input, button { font: inherit; min-height: 2.5rem; padding: .35rem .8rem; border: 1px solid #7d8792; border-radius: 8px; background: var(--page); color: inherit; }
input { flex: 1; min-width: 0; }
::placeholder { color: var(--soft); opacity: 1; }
button { cursor: pointer; background: var(--pill); font-weight: 600; }
.user { display: inline-flex; align-items: center; min-height: 2.5rem; margin-left: auto; }
main { flex: 1; padding-block: 1.75rem 3.5rem; }
footer { padding-block: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
h1 { margin: 0 0 .35rem; font-size: clamp(1.5rem, 1.2rem + 1.6vw, 2.1rem); line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 .75rem; font-size: 1.15rem; line-height: 1.3; }
h3 { margin: 1.25rem 0 .5rem; font-size: 1rem; }
p { margin: 0 0 .9rem; }
.lead { color: var(--soft); font-size: 1.1rem; }
.soft { color: var(--soft); }
.pills { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 1.25rem; padding: 0; list-style: none; }
.pill { padding: .1rem .6rem; border-radius: 1rem; background: var(--pill); color: var(--text); font-size: .85rem; white-space: nowrap; }
.good { background: var(--good-back); color: var(--good); }
.warn, .pill.bad { background: var(--warn-back); color: var(--warn); }
.warn { padding: .7rem 1rem; border-radius: 8px; }
.list { display: grid; gap: .75rem; margin: 1.25rem 0; padding: 0; list-style: none; }
.list > li, .card { padding: 1rem 1.15rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.list p { margin: .3rem 0 .6rem; }
.list .pills { margin: 0; align-items: center; }
.name { font-size: 1.1rem; font-weight: 650; text-decoration: none; }
.name:hover { text-decoration: underline; }
.name span { font-weight: 400; color: var(--soft); }
.module, .module > * { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; align-items: start; }
.card > :last-child { margin-bottom: 0; }
dl { margin: 0; }
dl div { padding: .5rem 0; border-top: 1px solid var(--line); }
dl div:first-child { border-top: 0; padding-top: 0; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; }
pre, .wide { overflow-x: auto; }
pre { margin: 0 0 .9rem; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--code); line-height: 1.5; }
code { font: .9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 500; }
.versions { margin: 0; padding: 0; list-style: none; }
.versions li { display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: center; justify-content: space-between; }
.versions a { display: inline-block; min-width: 3rem; padding: .2rem 0; }
.versions [aria-current] { font-weight: 650; color: inherit; text-decoration: none; }
.use pre { white-space: pre-wrap; }
.readme > :first-child { margin-top: 0; }
.readme ul, .readme ol { margin: 0 0 .9rem; }
.readme li { margin: .2rem 0; }
@media (min-width: 40rem) { .search { flex: 1 1 16rem; order: 0; } }
@media (min-width: 56rem) { .module { grid-template-columns: minmax(0, 1fr) 21rem; } }
`.trimStart();
