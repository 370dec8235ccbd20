# An example of model α → one of β: the terminals are in the zone of kind internet, and look at the
# screens of systems in that of kind lgwan.
s/model = "[a-z-]*";/model = "beta";\n  confirmed = "@YESTERDAY@";\n  audited = "@YESTERDAY@";/
s/name = "vdi"; address = \[ "10.30.0.10", "fd00:aa:320::10" \]/name = "vdi"; address = [ "10.20.0.10", "fd00:aa:220::10" ]/
/name = "F17"/s/from = "lgwan.terminals"/from = "internet.terminals"/
/name = "F17"/,/ },$/s/画面転送によるインターネット閲覧/画面転送によるLGWAN接続系の業務/
/name = "F17"; must/s/10\.20\.17\.9/10.30.17.5/
