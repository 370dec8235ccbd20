# shellcheck shell=bash
# Users and groups that only one test sees (sourced by common.sh).

# Accounts in a file that only this test sees: accounts passwd|group, with its lines as input.
accounts()
{
	cp "/etc/$1" "$WORK/"
	cat >>"$WORK/$1"
	mount --bind "$WORK/$1" "/etc/$1" || die "accounts"
}

# The groups of the roles.
role_groups()
{
	accounts group <<'END'
hedate-operator:x:64803:
hedate-approver:x:64804:
hedate-csirt:x:64805:
hedate-auditor:x:64806:
END
}
