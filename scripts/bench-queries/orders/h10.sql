-- Who sends items back.
SELECT c_custkey, c_name, SUM(l_extendedprice * (1 - l_discount)) AS revenue, c_acctbal
FROM customer JOIN orders ON c_custkey = o_custkey JOIN lineitem ON l_orderkey = o_orderkey
WHERE l_returnflag = 'R' GROUP BY c_custkey, c_name, c_acctbal
