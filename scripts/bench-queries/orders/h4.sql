-- Orders with an item that came late.
SELECT o_orderpriority, COUNT(*) AS orders
FROM orders AS o
WHERE o_orderdate >= DATE '1993-07-01' AND o_orderdate < DATE '1996-07-01'
  AND EXISTS (SELECT 1 FROM lineitem AS l WHERE l.l_orderkey = o.o_orderkey AND l.l_commitdate < l.l_receiptdate)
GROUP BY o_orderpriority
