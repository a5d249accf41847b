-- Changes of orders, their line items and customers, as Debezium's envelopes without schemas, by file.
CREATE TABLE customer (c_custkey BIGINT, c_name STRING, c_nationkey INT, c_mktsegment STRING, c_acctbal DECIMAL(12,2), PRIMARY KEY (c_custkey) NOT ENFORCED)
WITH ('connector' = 'filesystem', 'path' = '${CUSTOMER}', 'format' = 'debezium-json');
CREATE TABLE orders (o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus STRING, o_totalprice DECIMAL(12,2), o_orderdate DATE,
  o_orderpriority STRING, PRIMARY KEY (o_orderkey) NOT ENFORCED)
WITH ('connector' = 'filesystem', 'path' = '${ORDERS}', 'format' = 'debezium-json');
CREATE TABLE lineitem (l_orderkey BIGINT, l_linenumber INT, l_partkey BIGINT, l_quantity DECIMAL(12,2), l_extendedprice DECIMAL(12,2),
  l_discount DECIMAL(4,2), l_tax DECIMAL(4,2), l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, l_commitdate DATE,
  l_receiptdate DATE, l_shipmode STRING, PRIMARY KEY (l_orderkey, l_linenumber) NOT ENFORCED)
WITH ('connector' = 'filesystem', 'path' = '${LINEITEM}', 'format' = 'debezium-json');
