import os
p='man/hedate.conf.5'; s=open(p).read()
a='''The NFLOG group, 1 to 65535, default 100.
.El
'''
assert a in s
s=s.replace(a,a+'''.Ss exceptions
How long an exception may last, see
.Xr hedate 1 .
.Bl -tag -width Ds
.It Ic emergency_hours
Hours from the start to the end of an emergency, which takes effect without approval, 1 to 720,
default 72.
.It Ic longest_days
Days from the start to the end of any other, 1 to 366, default 90.
.El
''')
open(p,'w').write(s)
p='man/ja/hedate.conf.5'; s=open(p).read()
i=s.index('.Sh FILES') if '.Sh FILES' in s else s.index('.Sh 関連ファイル')
s=s[:i]+'''.Ss exceptions
例外措置の最長の期間。
.Xr hedate 1
を参照。
.Bl -tag -width Ds
.It Ic emergency_hours
許可を待たずに効力を持つ緊急の例外措置の、開始から終了までの時間数。1 から 720、既定値 72。
.It Ic longest_days
それ以外の例外措置の、開始から終了までの日数。1 から 366、既定値 90。
.El
'''+s[i:]
open(p,'w').write(s)
p='tests/unit/test_conf.c'; s=open(p).read()
s=s.replace('''#define ALL SITE''','''#define EXCEPTIONS "exceptions = { emergency_hours = 24; longest_days = 31; };\\n"
#define ALL SITE''')
i=s.index('#define ALL SITE'); j=s.index('\n',i)
line=s[i:j]
print(line)
s=s[:i]+line+' EXCEPTIONS'+s[j:]
s=s.replace('''	ck_assert_uint_eq(policy->log_group, 7);
''','''	ck_assert_uint_eq(policy->log_group, 7);
	ck_assert_uint_eq(policy->emergency_hours, 24);
	ck_assert_uint_eq(policy->exception_days, 31);
''').replace('''	ck_assert_uint_eq(policy->log_group, 100);
	ck_assert_int_eq(policy->fragments, POLICY_FRAGMENTS_DROP);
''','''	ck_assert_uint_eq(policy->log_group, 100);
	ck_assert_uint_eq(policy->emergency_hours, 72);
	ck_assert_uint_eq(policy->exception_days, 90);
	ck_assert_int_eq(policy->fragments, POLICY_FRAGMENTS_DROP);
''')
open(p,'w').write(s)
base=open('tests/golden/conf-errors/value-log-range/policy.conf').read()
print(base[-300:])
d='tests/golden/conf-errors/exceptions-range'
os.makedirs(d,exist_ok=True)
src=open('tests/golden/conf-errors/limit-rate-range/policy.conf').read().replace(' limit = { rate = 1000001; per = "second"; burst = -1; };','')
src+='exceptions = { emergency_hours = 721; longest_days = 0; emergency_days = 3; };\n'
open(d+'/policy.conf','w').write(src)
