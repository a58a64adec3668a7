#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("commands/move.ts", process.argv.slice(2));
