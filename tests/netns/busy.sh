# shellcheck shell=bash
# A gateway of which there is much to tell (sourced after lab.sh and people.sh): changes, a proposal,
# exceptions, an isolation, alerts, blocked flows. Its configuration is where programs look for it.

# This test's own /etc; files that were put over others of it stay what they are.
own_etc()
{
	if ! cp -a /etc "$WORK/etc" || ! mount --bind "$WORK/etc" /etc || ! install -d -m 755 /etc/hedate; then
		die "no /etc of this test"
	fi
}

# busy_config FILE PATHS
busy_config()
{
	{
		echo 'two_person = true;'
		echo 'alerts = ( { name = "mail"; action = "scan"; command = [ "/bin/true" ]; },
			{ name = "pager"; action = "apply"; command = [ "/bin/true" ]; } );'
		lab_config "$2"
	} >"$WORK/$1"
	chmod 644 "$WORK/$1"
}

busy_ask()
{
	as sato exception request --from 10.1.0.10 --to lg --service "$1" --clause 第2章4 \
		--reason '基幹系の障害のため、復旧までのあいだだけ' --for 2h >"$WORK/out" || fail "ask: $(cat "$WORK/out")"
}

busy_up()
{
	local p1 p2 p3
	p1=$(lab_path P1 my lg https)
	p2=$(lab_path 'path-with-a-long-name' my lg ssh)
	p3=$(lab_path P3 my in high)
	own_etc
	topology_up || die "the lab could not be built"
	busy_config two.conf "$(lab_paths "$p1" "$p2")"
	busy_config three.conf "$(lab_paths "$p1" "$p3")"
	busy_config lab.conf "$p1"
	install -m 644 "$WORK/lab.conf" /etc/hedate/hedate.conf
	start_hedated /etc/hedate/hedate.conf
	as sato apply --ticket R8-17 --reason '保守のため' "$WORK/two.conf" >"$WORK/out" 2>&1 ||
		fail "propose: $(cat "$WORK/out")"
	as suzuki approve --yes "$(hedate proposals --json | jq -r '.proposals[0].digest')" >"$WORK/out" 2>&1 ||
		fail "approve: $(cat "$WORK/out")"
	as sato apply --ticket R8-18 --reason '第二庁舎の端末の更新に伴うもの' "$WORK/three.conf" >"$WORK/out" 2>&1 ||
		fail "propose: $(cat "$WORK/out")"
	busy_ask tcp/445
	busy_ask tcp/446
	as suzuki exception approve "$(number 1)" >"$WORK/out" 2>&1 || fail "approve: $(cat "$WORK/out")"
	plan no-path:internet:mynumber blocked4 tcp 10.3.0.10 10.1.0.10 443
	plan no-path:internet:mynumber blocked6 tcp fd00:3::10 fd00:1::10 22
	plan no-path:lgwan:internet dns udp 10.2.0.10 10.3.0.10 53
	plan input:lgwan:gateway ssh tcp 10.2.0.10 10.2.0.1 22
	plan_check
	in_ns gw "$BUILD/hedate" -r "$RUN" isolate internet --reason '不審な通信' >"$WORK/out" 2>&1 || fail "isolate: $(cat "$WORK/out")"
	hedate flush >"$WORK/out" || fail "flush: $(cat "$WORK/out")"
}
