# shellcheck shell=bash
# The commands of the README's first hour, a line each: first_hour README HEADING
first_hour()
{
	awk -v heading="## $2" '$0 == heading { on = 1; next } /^## / { on = 0 }
		on && /^    / { sub(/^    /, ""); print; seen = 1; next }
		on && seen { exit }' "$1"
}
