SET NAMES utf8mb4;
CREATE DATABASE ty;
USE ty;
CREATE TABLE s (id INT PRIMARY KEY, a CHAR(0), b CHAR(255), c VARCHAR(1), d VARCHAR(10000), e TINYTEXT, f TEXT(50), g MEDIUMTEXT, h LONGTEXT, i BINARY, j BINARY(16), k VARBINARY(1), l TINYBLOB, m BLOB(20), n MEDIUMBLOB, o LONGBLOB, p ENUM('','x','y z','a''b','c"d','e\\f','日'), q SET('w','x','y z','日','q''r'), r CHARACTER(3), s CHAR(3) BINARY, t VARCHAR(5) COLLATE utf8mb4_bin, u NATIONAL VARCHAR(3), v CHAR CHARACTER SET ascii) DEFAULT CHARSET=utf8mb4;
INSERT INTO s VALUES (1,'','b ','c','d','e','f','g','h','i','0123456789abcdef','k','l','m','n','o','','w','r','s','t','u','v'),(2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
 (3,'','  lead','é','\u0001','\0nul','😀',REPEAT('g',300),REPEAT('日',70000),X'00',X'00',X'FF',X'00',X'','  ',REPEAT(X'FE',300),'a''b','x,q''r','日本','  ','T','ü','v'),
 (4,'','','','','','','','','','','','','','','','c"d','w,日','','','','','');
UPDATE s SET h = 'short', p = '日', q = '' WHERE id = 3;
