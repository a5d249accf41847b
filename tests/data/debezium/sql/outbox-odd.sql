CREATE DATABASE shop;
USE shop;
CREATE TABLE outbox (id CHAR(36) NOT NULL PRIMARY KEY, aggregatetype VARCHAR(64) NOT NULL, aggregateid VARCHAR(64), payload TEXT);
INSERT INTO outbox VALUES ('e1','order','1','{"a.b": 1, "ü x": 2, "1z": 3, "l": [{"a": 1, "b": null},{"a": 2},{"a": null}], "ll": [[1],[]], "t": true, "m": 2147483648, "s": "x\\u00e9\\u0001"}');
