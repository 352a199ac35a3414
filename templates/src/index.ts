/** Project templates and the function that renders them. */
export { type Language, languages, type SmartModuleKind, smartModuleKinds } from "./options.ts";
export { renderTemplate, type TemplateFile, type TemplateOptions } from "./render.ts";
