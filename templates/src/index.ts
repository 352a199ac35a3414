/** Project templates and the function that renders them. */
export { type TemplateCase, templateCases } from "./kinds.ts";
export { type Language, languages, type SmartModuleKind, smartModuleKinds, type Variant } from "./options.ts";
export { renderTemplate, type TemplateFile, type TemplateOptions } from "./render.ts";
