#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("lab/cli.ts", process.argv.slice(2));
