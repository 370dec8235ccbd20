# shellcheck shell=bash
# The commands of the README's first hour, a line each: first_hour README HEADING
first_hour()
{
	awk -v heading="## $2" '$0 == heading { on = 1; next } /^## / { on = 0 }
		on && /^    / { sub(/^    /, ""); print; seen = 1; next }
		on && seen { exit }' "$1" | one_line_each
}

# Lines that go on in the next one, as one.
one_line_each()
{
	sed -e ':again' -e '/\\$/{N' -e 's/ *\\\n */ /' -e 'b again' -e '}'
}
