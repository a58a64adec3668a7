#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("bench/run.ts", process.argv.slice(2));
