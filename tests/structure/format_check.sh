#!/usr/bin/env bash
# format_check.sh CLANG_FORMAT SOURCE_DIR: every source is as .clang-format wants it.
set -euo pipefail
formatter=$1
cd "$2"
if [ ! -x "$formatter" ]; then
    echo "skipped: clang-format is not installed"
    exit 77
fi
if ! "$formatter" --version | grep -q ' 14\.'; then
    echo "skipped: clang-format 14 decides, this is $("$formatter" --version)"
    exit 77
fi
find model properties traces checker tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 "$formatter" --dry-run --Werror
