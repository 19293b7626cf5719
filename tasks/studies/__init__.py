"""What the lecture claims of its models, measured: plain functions of arrays that return tables and figures."""
