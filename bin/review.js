#!/usr/bin/env node
"use strict";
void require("./bootstrap").run("commands/review.ts", process.argv.slice(2));
