-- For every engine: no backslash is special, and booleans are '1' and '0'.
INSERT INTO domain (domain, description, aliases, mailboxes, maxquota, quota, transport, backupmx, active) VALUES
  ('ALL', '', 0, 0, 0, 0, '', '0', '1'),
  ('one.example', 'The first', 5, 9, 100, 500, 'virtual', '0', '1'),
  ('two.example', '', 0, -1, 0, -1, 'smtp:[192.0.2.9]', '0', '1'),
  ('three.example', '', 0, 0, 0, 0, 'lmtp:unix:private/dovecot-lmtp', '0', '1'),
  ('alias.example', '', 0, 0, 0, 0, 'virtual', '0', '1'),
  ('asleep.example', '', 0, 0, 0, 0, 'virtual', '0', '0'),
  ('relay.example', '', 0, 0, 0, 0, 'virtual', '1', '1');
INSERT INTO alias_domain (alias_domain, target_domain, active) VALUES
  ('alias.example', 'one.example', '1'), ('off.example', 'one.example', '0'), ('far.example', 'relay.example', '1');
INSERT INTO admin (username, password, active) VALUES
  ('anna@one.example', '$1$abcdefgh$XWMrblWRiDA8lXVXqLJrA/', '1'), ('boss', 'x', '1');
INSERT INTO domain_admins (username, domain, active) VALUES
  ('anna@one.example', 'one.example', '1'), ('bob@one.example', 'ALL', '1'), ('boss', 'ALL', '1'), ('carl@one.example', 'one.example', '0');
INSERT INTO mailbox (username, password, name, maildir, quota, local_part, domain, active) VALUES
  ('anna@one.example', '{SHA512-CRYPT}$6$saltysaltysalty$Uao7oEUgtuKN7tn6ef/Xn4h.YtUwfOwQyyiW1NMBryMGoCqg6W/pCb5x3Sky3rdrPriPI6O7FUGmuZZbu1Xjk0',
    'Anna Ärmel "the boss"', 'one.example/anna/', 52428800, 'anna', 'one.example', '1'),
  ('bob@one.example', '$1$abcdefgh$XWMrblWRiDA8lXVXqLJrA/', '', 'one.example/bob/', 0, 'bob', 'one.example', '1'),
  ('carl@one.example', '{SSHA}qNwaCxc3ox14AgdBDMr7S/FMkBZzYWx0c2FsdA==', 'Carl: sleeps', 'one.example/carl/', 1024000, 'carl', 'one.example', '0'),
  ('dora@two.example', '{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuNhj1tmcEP0BBPQ7UujUnOGFQKQD7ise', 'Dora', 'two.example/dora/', -1, 'dora', 'two.example', '1'),
  ('o''neil+x@two.example', 'plain text', 'Line one
line two \n ''; DROP TABLE mailbox; --', 'two.example/o/', 0, 'o''neil+x', 'two.example', '1'),
  ('a b@two.example', '', '', '', 0, 'a b', 'two.example', '1'),
  ('eve@three.example', '', '', '', 0, 'eve', 'two.example', '1'),
  ('gone@gone.example', '', '', '', 0, 'gone', 'gone.example', '1'),
  ('zoe@asleep.example', '', '', '', 0, 'zoe', 'asleep.example', '1');
INSERT INTO alias (address, goto, domain, active) VALUES
  ('anna@one.example', 'anna@one.example,anna#one.example@autoreply.one.example', 'one.example', '1'),
  ('bob@one.example', 'bob@one.example, bob@other.example', 'one.example', '1'),
  ('carl@one.example', 'carl@one.example', 'one.example', '1'),
  ('dora@two.example', 'dora@elsewhere.example', 'two.example', '1'),
  ('@one.example', 'anna@one.example', 'one.example', '1'),
  ('@two.example', 'dora@two.example,far@away.example', 'two.example', '1'),
  ('@three.example', 'x@three.example', 'three.example', '0'),
  ('sales@one.example', 'anna@one.example,bob@one.example,
x@far.example', 'one.example', '1'),
  ('odd@one.example', '|/bin/cat "a, b",/var/mail/odd,:include:/etc/list,@two.example,root,odd@one.example,"o, k"@far.example', 'one.example', '1'),
  ('program@one.example', '"|/usr/bin/do it, now"', 'one.example', '1'),
  ('off@one.example', 'anna@one.example', 'one.example', '0'),
  ('loop@one.example', 'loop@one.example', 'one.example', '1'),
  ('help@alias.example', 'anna@one.example', 'alias.example', '1');
INSERT INTO vacation (email, subject, body, cache, domain, active) VALUES
  ('anna@one.example', 'Äway
now', 'Back "on" Monday,
 Anna \ ''x''', '', 'one.example', '1'),
  ('bob@one.example', 'old', 'text', '', 'one.example', '0'),
  ('nobody@three.example', 'none', 'text', '', 'three.example', '1');
INSERT INTO fetchmail (mailbox, src_server) VALUES ('bob@one.example', 'pop.example.net');
