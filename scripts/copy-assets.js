// Copies build products that tsc does not know about; filled by the packages that need it.
