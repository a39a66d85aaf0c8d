"Grey photograph in, colour photograph out: VGG19 read as a hypercolumn, and a course that shows how."
__version__ = '0.1.0'
