-- How many customers have how many orders.
SELECT orders, COUNT(*) AS customers
FROM (SELECT c_custkey, COUNT(o_orderkey) AS orders FROM customer LEFT JOIN orders ON c_custkey = o_custkey GROUP BY c_custkey) AS c
GROUP BY orders
