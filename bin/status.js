#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("commands/status.ts", process.argv.slice(2));
