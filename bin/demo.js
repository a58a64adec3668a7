#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("lab/demo.ts", process.argv.slice(2));
