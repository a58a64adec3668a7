#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("test/run.ts", process.argv.slice(2));
