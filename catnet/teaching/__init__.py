"""The textbook on your own network: its equations with the numbers of one example, and its gradients checked."""
