"""A WSGI application for the tests of the supervisor: tells its process, can be slow, can die."""

import os
import time


def application(environ, start_response):
    match environ["PATH_INFO"]:
        case "/slow":
            time.sleep(2)
        case "/die":
            os._exit(3)
    body = str(os.getpid()).encode()
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
