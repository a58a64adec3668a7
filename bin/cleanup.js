#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("commands/cleanup.ts", process.argv.slice(2));
