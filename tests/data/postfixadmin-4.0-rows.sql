UPDATE domain SET password_expiry = 90 WHERE domain = 'three.example';
UPDATE mailbox SET smtp_active = '0' WHERE username = 'bob@one.example';
UPDATE mailbox SET totp_secret = 'JBSWY3DP' WHERE username = 'dora@two.example';
UPDATE vacation SET activefrom = '2026-12-01 00:00:00', activeuntil = '2026-12-24 12:00:00', interval_time = 86400 WHERE email = 'anna@one.example';
INSERT INTO dkim (domain_name) VALUES ('one.example');
INSERT INTO mailbox_app_password (username, password_hash) VALUES ('bob@one.example', 'x'), ('anna@one.example', 'y');
