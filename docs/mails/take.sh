#!/usr/bin/env bash
# Takes the pictures of docs/mails.md: each mail at 600 and 320 pixels, light and dark, as Chromium shows it. Needs
# chromium and, for small files, ImageMagick's convert.
set -euo pipefail
cd "$(dirname "$0")"

letters=$(mktemp -d)
trap 'rm -rf "$letters"' EXIT
cargo run --quiet --package backstop-letters --example letters -- "$letters"

chromium() {
    command chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
        --allow-file-access-from-files --user-data-dir="$letters/profile" "$@" 2>/dev/null
}

# A page with letters in frames, each given as width, scheme and letter; a page in a frame takes the frame's scheme for
# the reader's. The title of the page becomes its height and the letters that are too wide for their frames.
frames() {
    printf '<!doctype html><meta charset="utf-8"><title></title><style>
        body { margin: 0; width: 1840px; display: flex }
        iframe { border: 0; height: 1px; flex: none }
    </style>'
    while [ $# -gt 0 ]; do
        printf '<iframe src="%s" style="width: %spx; color-scheme: %s"></iframe>\n' "$3.html" "$1" "$2"
        shift 3
    done
    printf '<script>
        onload = () => {
            const frames = [...document.querySelectorAll("iframe")];
            const page = (frame) => frame.contentDocument.documentElement;
            const height = Math.max(...frames.map((frame) => page(frame).scrollHeight));
            frames.forEach((frame) => frame.style.height = `${height}px`);
            const wide = frames.filter((frame) => page(frame).scrollWidth > frame.clientWidth);
            document.title = [height, ...wide.map((frame) => frame.getAttribute("src"))].join(" ");
        };
    </script>'
}

# The title of the page when its letters are there.
title() {
    chromium --window-size=1840,600 --dump-dom "file://$page" | sed -n 's:.*<title>\(.*\)</title>.*:\1:p'
}

# picture <letter> <name of the picture>
picture() {
    local height
    frames 600 light "$1" 600 dark "$1" 320 light "$1" 320 dark "$1" >"$page"
    height=$(title)
    chromium --window-size="1840,${height%% *}" --screenshot="$letters/picture.png" "file://$page"
    convert "$letters/picture.png" +dither -colors 256 -strip -define png:compression-level=9 "PNG8:$2.png"
    printf '%s.png: %s pixels high, %s bytes\n' "$2" "${height%% *}" "$(stat --format %s "$2.png")"
}

page=$letters/page.html
all=()
for letter in "$letters"/*/*.html; do
    letter=${letter#"$letters"/}
    all+=(320 light "${letter%.html}")
done
frames "${all[@]}" >"$page"
read -r height too_wide <<<"$(title)"
if [ -z "$height" ] || [ -n "$too_wide" ]; then
    printf 'These letters are wider than a narrow phone: %s\n' "${too_wide:-none could be shown}" >&2
    exit 1
fi

for letter in codes codes_made code_used codes_low none_left codes_expiring ceiling_reached password_worn_out \
    password_reset second_step_changed second_step_changed-other client_changed client_changed-key digest report report-nothing report-audit test; do
    picture "en/$letter" "$letter"
done
picture en/suspended-failures suspended
picture de/codes-ending codes-de
