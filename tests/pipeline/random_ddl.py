"""Prints SQL: random CREATE, ALTER, RENAME and DROP of a few tables in databases f1 and f2, with a row after each.

  python3 random_ddl.py SEED STATEMENTS

Some statements fail on purpose or by chance; a client with --force goes on, and so does the log.
"""
import random
import sys

RAND = random.Random(int(sys.argv[1]))
TYPES = ["INT", "INTEGER UNSIGNED", "TINYINT(1)", "BOOL", "SMALLINT UNSIGNED ZEROFILL", "MEDIUMINT", "BIGINT UNSIGNED", "DEC(7,2)", "NUMERIC",
         "DECIMAL(9) UNSIGNED", "FLOAT", "FLOAT(30)", "DOUBLE PRECISION", "REAL", "BIT", "BIT(9)", "YEAR", "DATE", "TIME", "TIME(3)", "DATETIME(6)",
         "TIMESTAMP NULL", "CHAR", "CHAR(7)", "VARCHAR(20)", "NATIONAL VARCHAR(9)", "NCHAR(4)", "TINYTEXT", "TEXT", "TEXT(70)", "TEXT(20000)",
         "MEDIUMTEXT", "LONGTEXT", "LONG VARCHAR", "BINARY(5)", "VARBINARY(300)", "TINYBLOB", "BLOB", "BLOB(70000)", "LONGBLOB", "ENUM('a','b')",
         "SET('x','y','z')", "ENUM('é','ü ')", "JSON", "POINT", "GEOMETRY", "VARCHAR(30) CHARACTER SET latin1", "VARCHAR(30) COLLATE utf8mb4_bin",
         "TEXT CHARACTER SET ascii", "CHAR(3) CHARACTER SET binary", "VARCHAR(9) BINARY", "CHAR(5) CHARACTER SET ucs2", "CHARACTER VARYING(12)"]
OPTIONS = ["", " CHARSET utf8mb3", " COLLATE latin2_general_ci", " DEFAULT CHARACTER SET = gbk", " ENGINE=InnoDB COMMENT='x'"]
IDS = ["id INT PRIMARY KEY AUTO_INCREMENT", "id INT NOT NULL UNIQUE AUTO_INCREMENT", "id INT AUTO_INCREMENT, PRIMARY KEY (id)", "id INT"]
tables, made = {}, 0  # name → its columns, as far as no statement failed


def fresh(letter):
    global made
    made += 1
    return letter + str(made)


def table_name():
    return RAND.choice(["f1", "f2"]) + "." + fresh("t")


def insert(table):
    print("INSERT INTO %s () VALUES ();" % table)


def create():
    table, columns = table_name(), [fresh("c") for _ in range(RAND.randint(1, 5))]
    print("CREATE TABLE %s (%s)%s;" % (table, ", ".join([RAND.choice(IDS)] + [c + " " + RAND.choice(TYPES) for c in columns]), RAND.choice(OPTIONS)))
    tables[table] = ["id"] + columns
    insert(table)


def alter(table):
    columns, touched, actions = list(tables[table]), {"id"}, []

    def place():
        return RAND.choice(["", " FIRST", " AFTER " + RAND.choice([c for c in columns if c not in touched] + ["id"])])

    for _ in range(RAND.randint(1, 4)):
        free, dice = [c for c in columns if c not in touched], RAND.random()
        if dice < 0.35:
            name = fresh("c")
            actions.append("ADD COLUMN %s %s%s" % (name, RAND.choice(TYPES), place()))
            columns.append(name)
            touched.add(name)
        elif dice < 0.5 and free:
            columns.remove(free[0])
            actions.append("DROP COLUMN " + free[0])
        elif dice < 0.65 and free:
            touched.add(free[-1])
            actions.append("MODIFY %s %s%s" % (free[-1], RAND.choice(TYPES), place()))
        elif dice < 0.78 and free:
            old, name = RAND.choice(free), fresh("c")
            touched.update([old, name])
            actions.append("CHANGE %s %s %s%s" % (old, name, RAND.choice(TYPES), place()))
            columns[columns.index(old)] = name
        elif dice < 0.88 and len(free) > 1:
            one, other = RAND.sample(free, 2)
            touched.update([one, other])
            actions.append("RENAME COLUMN %s TO %s, RENAME COLUMN %s TO %s" % (one, other, other, one))
        else:
            actions.append("COMMENT='%s'" % fresh("x"))
    if RAND.random() < 0.25:
        # A server gives columns that are defined in the same statement lengths of its own.
        actions = [RAND.choice(["CONVERT TO CHARACTER SET utf8mb4", "CONVERT TO CHARACTER SET latin1", "DEFAULT CHARSET utf8mb4", "DEFAULT CHARSET cp1251"])]
        columns = tables[table]
    # Values that do not fit the new type are not the matter here.
    print("DELETE FROM %s;\nALTER TABLE %s %s;" % (table, table, ", ".join(actions)))
    tables[table] = columns
    insert(table)


def step():
    table, dice = RAND.choice(list(tables)), RAND.random()
    if dice < 0.6:
        alter(table)
    elif dice < 0.7:
        create()
    elif dice < 0.78:
        other = table_name()
        print(RAND.choice(["RENAME TABLE %s TO %s;", "ALTER TABLE %s RENAME %s;"]) % (table, other))
        tables[other] = tables.pop(table)
        insert(other)
    elif dice < 0.85 and len(tables) > 1:
        other = RAND.choice([t for t in tables if t != table])
        print("RENAME TABLE %s TO f1.swap, %s TO %s, f1.swap TO %s;" % (table, other, table, other))
        tables[table], tables[other] = tables[other], tables[table]
        insert(table)
        insert(other)
    elif dice < 0.91:
        other = table_name()
        print("CREATE TABLE %s LIKE %s;" % (other, table))
        tables[other] = list(tables[table])
        insert(other)
    elif dice < 0.96 and len(tables) > 2:
        print("DROP TABLE %s;" % table)
        del tables[table]
    else:
        print("ALTER DATABASE %s CHARACTER SET %s;" % (RAND.choice(["f1", "f2"]), RAND.choice(["latin1", "utf8mb4", "cp1250"])))


print("SET sql_mode = ''; SET NAMES utf8mb4; CREATE DATABASE f1 CHARACTER SET latin1; CREATE DATABASE f2 CHARACTER SET utf8mb4;")
for _ in range(3):
    create()
for _ in range(int(sys.argv[2])):
    step()
print("DROP DATABASE f1; DROP DATABASE f2;")
