// The types and functions of the AssemblyScript language: i32, i64, bool, String, Map, console and so on.
// What stands first wins where both declare the same.
/// <reference path="./primitives.d.ts" />
/// <reference types="assemblyscript/std/assembly/index.d.ts" />
