#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("commands/switchover.ts", process.argv.slice(2));
