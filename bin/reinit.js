#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("commands/reinit.ts", process.argv.slice(2));
